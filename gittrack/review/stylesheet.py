"""The style of a review's page: light and dark, wide, narrow and on paper."""

STYLE = """
:root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--text:#1c2128;--soft:#57606a;
--line:#d8dee4;--code:#eff2f5;--good:#116329;--good-back:#dafbe1;--bad:#a40e26;--bad-back:#ffebe9;
--warn-back:#fff8c5;--link:#0550ae}
@media(prefers-color-scheme:dark){:root{--page:#0d1117;--card:#161b22;--text:#e6edf3;--soft:#9198a1;
--line:#30363d;--code:#21262d;--good:#56d364;--good-back:#12261e;--bad:#ff7b72;--bad-back:#3c1618;
--warn-back:#332b00;--link:#79c0ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,sans-serif}
main{max-width:64rem;margin:0 auto;padding:1.5rem 1rem 3rem}
h1{font-size:1.35rem;line-height:1.3;margin:0 0 .25rem}
h2{font-size:1.05rem;line-height:1.4;margin:0 0 .25rem;font-weight:600}
p{margin:.25rem 0}
ul{margin:.5rem 0;padding-left:1.25rem}
code{font:.87em/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--code);
border-radius:4px;padding:.1em .35em;white-space:pre-wrap;overflow-wrap:anywhere}
code.id{color:var(--link)}
.soft{color:var(--soft);font-size:.9rem}
section{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:1rem;
margin:1rem 0;overflow-wrap:anywhere}
section.failed{border:2px solid var(--bad);background:var(--bad-back)}
section.unknown{background:var(--warn-back)}
.failed h2,.worse{color:var(--bad)}
.better{color:var(--good)}
.better,.worse{font-weight:600}
blockquote{margin:.5rem 0;padding:0 0 0 .75rem;border-left:3px solid var(--line)}
table{border-collapse:collapse;width:100%;margin:.75rem 0 .25rem;font-variant-numeric:tabular-nums}
th{font-size:.8rem;font-weight:600;color:var(--soft);text-align:left}
th,td{padding:.3rem .5rem;border-bottom:1px solid var(--line);vertical-align:top}
td:first-child,th:first-child{padding-left:0}
.old code{background:var(--bad-back)}
.new code{background:var(--good-back)}
summary{cursor:pointer;color:var(--link)}
td details[open]>summary{opacity:.6}
.changes td{width:25%}
@media(max-width:40rem){
main{padding:1rem .5rem 2rem}section{padding:.75rem}
thead{position:absolute;clip-path:inset(50%)}
table,tbody{display:block}
tr{display:grid;grid-template-columns:1fr 1fr;gap:0 .5rem;padding:.4rem 0;
border-bottom:1px solid var(--line)}
td{border:0;padding:.1rem 0}.changes td{width:auto}
td:empty{display:none}
td:first-child,td:last-child,.values td,.metrics td{grid-column:1/-1}
.old::before,.new::before,.best::before{content:attr(data-side) " ";color:var(--soft);
font-size:.8rem}
}
@media print{body{background:#fff}section{break-inside:auto;border-color:#999}
tr,h2{break-inside:avoid;break-after:auto}details::details-content{content-visibility:visible;
display:block;height:auto}details:not([open])>*{display:block}}
"""
