BEGIN TRANSACTION;
CREATE TABLE "datasets" (
	dataset_uuid VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(500) NOT NULL, 
	digest VARCHAR(36) NOT NULL, 
	dataset_source_type VARCHAR(36) NOT NULL, 
	dataset_source TEXT NOT NULL, 
	dataset_schema TEXT, 
	dataset_profile TEXT, 
	CONSTRAINT dataset_pk PRIMARY KEY (experiment_id, name, digest), 
	CONSTRAINT fk_datasets_experiment_id_experiments FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);
INSERT INTO "datasets" VALUES('600e59d65e7a48b29447fcfd6e3b5a23',1,'prices','300830b9','http','{"url": "https://example.org/prices.csv"}','{"mlflow_colspec": [{"type": "long", "name": "x", "required": true}]}','{"num_rows": 2, "num_elements": 2}');
CREATE TABLE endpoint_model_mappings (
	mapping_id VARCHAR(36) NOT NULL, 
	endpoint_id VARCHAR(36) NOT NULL, 
	model_definition_id VARCHAR(36) NOT NULL, 
	weight FLOAT NOT NULL, 
	created_by VARCHAR(255), 
	created_at BIGINT NOT NULL, linkage_type VARCHAR(64) DEFAULT 'PRIMARY' NOT NULL, fallback_order INTEGER, 
	CONSTRAINT endpoint_model_mappings_pk PRIMARY KEY (mapping_id), 
	CONSTRAINT fk_endpoint_model_mappings_endpoint_id FOREIGN KEY(endpoint_id) REFERENCES endpoints (endpoint_id) ON DELETE CASCADE, 
	CONSTRAINT fk_endpoint_model_mappings_model_definition_id FOREIGN KEY(model_definition_id) REFERENCES model_definitions (model_definition_id)
);
CREATE TABLE endpoint_tags (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(5000), 
	endpoint_id VARCHAR(36) NOT NULL, 
	CONSTRAINT endpoint_tag_pk PRIMARY KEY ("key", endpoint_id), 
	CONSTRAINT fk_endpoint_tags_endpoint_id FOREIGN KEY(endpoint_id) REFERENCES endpoints (endpoint_id) ON DELETE CASCADE
);
CREATE TABLE evaluation_dataset_tags (
	dataset_id VARCHAR(36) NOT NULL, 
	"key" VARCHAR(255) NOT NULL, 
	value VARCHAR(5000), 
	CONSTRAINT evaluation_dataset_tags_pk PRIMARY KEY (dataset_id, "key"), 
	CONSTRAINT fk_evaluation_dataset_tags_dataset_id FOREIGN KEY(dataset_id) REFERENCES evaluation_datasets (dataset_id) ON DELETE CASCADE
);
CREATE TABLE "evaluation_datasets" (
	dataset_id VARCHAR(36) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	schema TEXT, 
	profile TEXT, 
	digest VARCHAR(64), 
	created_time BIGINT, 
	last_update_time BIGINT, 
	created_by VARCHAR(255), 
	last_updated_by VARCHAR(255), 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT evaluation_datasets_pk PRIMARY KEY (dataset_id)
);
CREATE TABLE "experiment_tags" (
	"key" VARCHAR(250) NOT NULL, 
	value TEXT, 
	experiment_id INTEGER NOT NULL, 
	CONSTRAINT experiment_tag_pk PRIMARY KEY ("key", experiment_id), 
	FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
);
INSERT INTO "experiment_tags" VALUES('team','growth',1);
INSERT INTO "experiment_tags" VALUES('mlflow.note.content','who leaves',1);
CREATE TABLE "experiments" (
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	artifact_location VARCHAR(256), 
	lifecycle_stage VARCHAR(32), 
	creation_time BIGINT, 
	last_update_time BIGINT, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT experiment_pk PRIMARY KEY (experiment_id), 
	CONSTRAINT experiments_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted')), 
	CONSTRAINT uq_experiments_workspace_name UNIQUE (workspace, name)
);
INSERT INTO "experiments" VALUES(0,'Default','/home/somebody/work/mlruns/0','active',1795261823689,1795261823689,'default');
INSERT INTO "experiments" VALUES(1,'churn','/home/somebody/work/artifacts/churn','active',1795261823707,1795261823707,'default');
INSERT INTO "experiments" VALUES(2,'Größe / size','/home/somebody/work/artifacts/other','active',1795261823730,1795261823730,'default');
CREATE TABLE input_tags (
	input_uuid VARCHAR(36) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	value VARCHAR(500) NOT NULL, 
	CONSTRAINT input_tags_pk PRIMARY KEY (input_uuid, name)
);
INSERT INTO "input_tags" VALUES('f5e5000bb18b45cb9d71302f2eb9cd74','mlflow.data.context','training');
CREATE TABLE inputs (
	input_uuid VARCHAR(36) NOT NULL, 
	source_type VARCHAR(36) NOT NULL, 
	source_id VARCHAR(36) NOT NULL, 
	destination_type VARCHAR(36) NOT NULL, 
	destination_id VARCHAR(36) NOT NULL, step BIGINT DEFAULT '0' NOT NULL, 
	CONSTRAINT inputs_pk PRIMARY KEY (source_type, source_id, destination_type, destination_id)
);
INSERT INTO "inputs" VALUES('f5e5000bb18b45cb9d71302f2eb9cd74','DATASET','600e59d65e7a48b29447fcfd6e3b5a23','RUN','abf79d0b90244f8787725e2a6c7b5cce',0);
CREATE TABLE "latest_metrics" (
	"key" VARCHAR(250) NOT NULL, 
	value FLOAT NOT NULL, 
	timestamp BIGINT, 
	step BIGINT NOT NULL, 
	is_nan BOOLEAN NOT NULL, 
	run_uuid VARCHAR(32) NOT NULL, 
	CONSTRAINT latest_metric_pk PRIMARY KEY ("key", run_uuid), 
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid), 
	CHECK (is_nan IN (0, 1))
);
INSERT INTO "latest_metrics" VALUES('loss',0.2,1700000000400,4,0,'abf79d0b90244f8787725e2a6c7b5cce');
INSERT INTO "latest_metrics" VALUES('odd/auc',0.0,1700000000900,0,1,'abf79d0b90244f8787725e2a6c7b5cce');
INSERT INTO "latest_metrics" VALUES('loss',1.66666666666666657414e-01,1700000000400,4,0,'1a2ec1f20ef043cb802b994b5cc24146');
INSERT INTO "latest_metrics" VALUES('odd/auc',0.0,1700000000900,0,1,'1a2ec1f20ef043cb802b994b5cc24146');
CREATE TABLE logged_model_metrics (
	model_id VARCHAR(36) NOT NULL, 
	metric_name VARCHAR(500) NOT NULL, 
	metric_timestamp_ms BIGINT NOT NULL, 
	metric_step BIGINT NOT NULL, 
	metric_value FLOAT, 
	experiment_id INTEGER NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	dataset_uuid VARCHAR(36), 
	dataset_name VARCHAR(500), 
	dataset_digest VARCHAR(36), 
	CONSTRAINT logged_model_metrics_pk PRIMARY KEY (model_id, metric_name, metric_timestamp_ms, metric_step, run_id), 
	CONSTRAINT fk_logged_model_metrics_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CONSTRAINT fk_logged_model_metrics_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE, 
	CONSTRAINT fk_logged_model_metrics_run_id FOREIGN KEY(run_id) REFERENCES runs (run_uuid) ON DELETE CASCADE
);
CREATE TABLE logged_model_params (
	model_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	param_key VARCHAR(255) NOT NULL, 
	param_value TEXT NOT NULL, 
	CONSTRAINT logged_model_params_pk PRIMARY KEY (model_id, param_key), 
	CONSTRAINT fk_logged_model_params_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CONSTRAINT fk_logged_model_params_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE
);
CREATE TABLE logged_model_tags (
	model_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	tag_key VARCHAR(255) NOT NULL, 
	tag_value TEXT NOT NULL, 
	CONSTRAINT logged_model_tags_pk PRIMARY KEY (model_id, tag_key), 
	CONSTRAINT fk_logged_model_tags_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CONSTRAINT fk_logged_model_tags_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE
);
CREATE TABLE logged_models (
	model_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(500) NOT NULL, 
	artifact_location VARCHAR(1000) NOT NULL, 
	creation_timestamp_ms BIGINT NOT NULL, 
	last_updated_timestamp_ms BIGINT NOT NULL, 
	status INTEGER NOT NULL, 
	lifecycle_stage VARCHAR(32), 
	model_type VARCHAR(500), 
	source_run_id VARCHAR(32), 
	status_message VARCHAR(1000), 
	CONSTRAINT logged_models_pk PRIMARY KEY (model_id), 
	CONSTRAINT logged_models_lifecycle_stage_check CHECK (lifecycle_stage IN ('active', 'deleted')), 
	CONSTRAINT fk_logged_models_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);
CREATE TABLE mcp_server_tags (
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(5000), 
	CONSTRAINT mcp_server_tags_pk PRIMARY KEY (workspace, name, "key"), 
	CONSTRAINT mcp_server_tags_server_fkey FOREIGN KEY(workspace, name) REFERENCES mcp_servers (workspace, name) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE mcp_server_version_tags (
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	version VARCHAR(128) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(5000), 
	CONSTRAINT mcp_server_version_tags_pk PRIMARY KEY (workspace, name, version, "key"), 
	CONSTRAINT mcp_server_version_tags_version_fkey FOREIGN KEY(workspace, name, version) REFERENCES mcp_server_versions (workspace, name, version) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE "metrics" (
	"key" VARCHAR(250) NOT NULL, 
	value FLOAT NOT NULL, 
	timestamp BIGINT NOT NULL, 
	run_uuid VARCHAR(32) NOT NULL, 
	step BIGINT DEFAULT '0' NOT NULL, 
	is_nan BOOLEAN DEFAULT '0' NOT NULL, 
	CONSTRAINT metric_pk PRIMARY KEY ("key", timestamp, step, run_uuid, value, is_nan), 
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid), 
	CHECK (is_nan IN (0, 1))
);
INSERT INTO "metrics" VALUES('loss',1.0,1700000000000,'abf79d0b90244f8787725e2a6c7b5cce',0,0);
INSERT INTO "metrics" VALUES('loss',0.5,1700000000100,'abf79d0b90244f8787725e2a6c7b5cce',1,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333314829e-01,1700000000200,'abf79d0b90244f8787725e2a6c7b5cce',2,0);
INSERT INTO "metrics" VALUES('loss',0.25,1700000000300,'abf79d0b90244f8787725e2a6c7b5cce',3,0);
INSERT INTO "metrics" VALUES('loss',0.2,1700000000400,'abf79d0b90244f8787725e2a6c7b5cce',4,0);
INSERT INTO "metrics" VALUES('odd/auc',0.0,1700000000900,'abf79d0b90244f8787725e2a6c7b5cce',0,1);
INSERT INTO "metrics" VALUES('loss',0.5,1700000000000,'1a2ec1f20ef043cb802b994b5cc24146',0,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333314829e-01,1700000000100,'1a2ec1f20ef043cb802b994b5cc24146',1,0);
INSERT INTO "metrics" VALUES('loss',0.25,1700000000200,'1a2ec1f20ef043cb802b994b5cc24146',2,0);
INSERT INTO "metrics" VALUES('loss',0.2,1700000000300,'1a2ec1f20ef043cb802b994b5cc24146',3,0);
INSERT INTO "metrics" VALUES('loss',1.66666666666666657414e-01,1700000000400,'1a2ec1f20ef043cb802b994b5cc24146',4,0);
INSERT INTO "metrics" VALUES('odd/auc',0.0,1700000000900,'1a2ec1f20ef043cb802b994b5cc24146',0,1);
CREATE TABLE "model_definitions" (
	model_definition_id VARCHAR(36) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	secret_id VARCHAR(36), 
	provider VARCHAR(64) NOT NULL, 
	model_name VARCHAR(256) NOT NULL, 
	created_by VARCHAR(255), 
	created_at BIGINT NOT NULL, 
	last_updated_by VARCHAR(255), 
	last_updated_at BIGINT NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT model_definitions_pk PRIMARY KEY (model_definition_id), 
	CONSTRAINT fk_model_definitions_secret_id FOREIGN KEY(secret_id) REFERENCES secrets (secret_id) ON DELETE SET NULL, 
	CONSTRAINT uq_model_definitions_workspace_name UNIQUE (workspace, name)
);
CREATE TABLE "model_version_tags" (
	"key" VARCHAR(250) NOT NULL, 
	value TEXT, 
	name VARCHAR(256) NOT NULL, 
	version INTEGER NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT model_version_tag_pk PRIMARY KEY (workspace, "key", name, version), 
	CONSTRAINT fk_model_version_tags_model_versions FOREIGN KEY(workspace, name, version) REFERENCES model_versions (workspace, name, version) ON UPDATE CASCADE
);
INSERT INTO "model_version_tags" VALUES('v','1','forest',1,'default');
CREATE TABLE "model_versions" (
	name VARCHAR(256) NOT NULL, 
	version INTEGER NOT NULL, 
	creation_time BIGINT, 
	last_updated_time BIGINT, 
	description VARCHAR(5000), 
	user_id VARCHAR(256), 
	current_stage VARCHAR(20), 
	source VARCHAR(500), 
	run_id VARCHAR(32), 
	status VARCHAR(20), 
	status_message VARCHAR(500), 
	run_link VARCHAR(500), 
	storage_location VARCHAR(500), 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT model_version_pk PRIMARY KEY (workspace, name, version), 
	CONSTRAINT fk_model_versions_registered_models FOREIGN KEY(workspace, name) REFERENCES registered_models (workspace, name) ON UPDATE CASCADE
);
INSERT INTO "model_versions" VALUES('forest',1,1795261824382,1795261824382,'first',NULL,'None','/home/somebody/work/artifacts/churn/deda2a596de5467b95a370068fe3c51c/artifacts/model','deda2a596de5467b95a370068fe3c51c','READY',NULL,NULL,'/home/somebody/work/artifacts/churn/deda2a596de5467b95a370068fe3c51c/artifacts/model','default');
CREATE TABLE "params" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(8000) NOT NULL, 
	run_uuid VARCHAR(32) NOT NULL, 
	CONSTRAINT param_pk PRIMARY KEY ("key", run_uuid), 
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
INSERT INTO "params" VALUES('depth','4','deda2a596de5467b95a370068fe3c51c');
INSERT INTO "params" VALUES('lr','0.1','abf79d0b90244f8787725e2a6c7b5cce');
INSERT INTO "params" VALUES('name','yes: no','abf79d0b90244f8787725e2a6c7b5cce');
INSERT INTO "params" VALUES('deep/er','1e-05','abf79d0b90244f8787725e2a6c7b5cce');
INSERT INTO "params" VALUES('lr','0.1','1a2ec1f20ef043cb802b994b5cc24146');
INSERT INTO "params" VALUES('name','yes: no','1a2ec1f20ef043cb802b994b5cc24146');
INSERT INTO "params" VALUES('deep/er','1e-05','1a2ec1f20ef043cb802b994b5cc24146');
CREATE TABLE "registered_model_aliases" (
	alias VARCHAR(256) NOT NULL, 
	version INTEGER NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT registered_model_alias_pk PRIMARY KEY (workspace, name, alias), 
	CONSTRAINT fk_registered_model_aliases_registered_models FOREIGN KEY(workspace, name) REFERENCES registered_models (workspace, name) ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "registered_model_aliases" VALUES('champion',1,'forest','default');
CREATE TABLE "registered_model_tags" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(5000), 
	name VARCHAR(256) NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT registered_model_tag_pk PRIMARY KEY (workspace, "key", name), 
	CONSTRAINT fk_registered_model_tags_registered_models FOREIGN KEY(workspace, name) REFERENCES registered_models (workspace, name) ON UPDATE CASCADE
);
INSERT INTO "registered_model_tags" VALUES('owner','ada','forest','default');
CREATE TABLE "registered_models" (
	name VARCHAR(256) NOT NULL, 
	creation_time BIGINT, 
	last_updated_time BIGINT, 
	description VARCHAR(5000), 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT registered_model_pk PRIMARY KEY (workspace, name)
);
INSERT INTO "registered_models" VALUES('forest',1795261824336,1795261824382,'a model','default');
CREATE TABLE "runs" (
	run_uuid VARCHAR(32) NOT NULL, 
	name VARCHAR(250), 
	source_type VARCHAR(20), 
	source_name VARCHAR(500), 
	entry_point_name VARCHAR(50), 
	user_id VARCHAR(256), 
	status VARCHAR(9), 
	start_time BIGINT, 
	end_time BIGINT, 
	source_version VARCHAR(50), 
	lifecycle_stage VARCHAR(20), 
	artifact_uri VARCHAR(200), 
	experiment_id INTEGER, deleted_time BIGINT, 
	CONSTRAINT run_pk PRIMARY KEY (run_uuid), 
	CONSTRAINT runs_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted')), 
	CONSTRAINT source_type CHECK (source_type IN ('NOTEBOOK', 'JOB', 'LOCAL', 'UNKNOWN', 'PROJECT')), 
	FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CHECK (status IN ('SCHEDULED', 'FAILED', 'FINISHED', 'RUNNING', 'KILLED'))
);
INSERT INTO "runs" VALUES('deda2a596de5467b95a370068fe3c51c','search','UNKNOWN','','','somebody','FINISHED',1700000000000,1700000120000,'','active','/home/somebody/work/artifacts/churn/deda2a596de5467b95a370068fe3c51c/artifacts',1,NULL);
INSERT INTO "runs" VALUES('abf79d0b90244f8787725e2a6c7b5cce','child-0','UNKNOWN','','','somebody','FINISHED',1700000000000,1700000060000,'','active','/home/somebody/work/artifacts/churn/abf79d0b90244f8787725e2a6c7b5cce/artifacts',1,NULL);
INSERT INTO "runs" VALUES('1a2ec1f20ef043cb802b994b5cc24146','child-1','UNKNOWN','','','somebody','FAILED',1700000001000,1700000060000,'','active','/home/somebody/work/artifacts/churn/1a2ec1f20ef043cb802b994b5cc24146/artifacts',1,NULL);
INSERT INTO "runs" VALUES('271c0b06be9547c1b5419d7fbca6b2c6','still going','UNKNOWN','','','somebody','RUNNING',1700000000000,NULL,'','active','/home/somebody/work/artifacts/other/271c0b06be9547c1b5419d7fbca6b2c6/artifacts',2,NULL);
INSERT INTO "runs" VALUES('fafdec4f564d4168b3b2261a2fb4864e','deleted','UNKNOWN','','','somebody','KILLED',1700000000000,1700000000001,'','deleted','/home/somebody/work/artifacts/other/fafdec4f564d4168b3b2261a2fb4864e/artifacts',2,1795261824304);
CREATE TABLE "tags" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(8000), 
	run_uuid VARCHAR(32) NOT NULL, 
	CONSTRAINT tag_pk PRIMARY KEY ("key", run_uuid), 
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
INSERT INTO "tags" VALUES('note','a
b','deda2a596de5467b95a370068fe3c51c');
INSERT INTO "tags" VALUES('mlflow.runName','search','deda2a596de5467b95a370068fe3c51c');
INSERT INTO "tags" VALUES('mlflow.note.content','the first search','deda2a596de5467b95a370068fe3c51c');
INSERT INTO "tags" VALUES('mlflow.parentRunId','deda2a596de5467b95a370068fe3c51c','abf79d0b90244f8787725e2a6c7b5cce');
INSERT INTO "tags" VALUES('mlflow.user','somebody','abf79d0b90244f8787725e2a6c7b5cce');
INSERT INTO "tags" VALUES('mlflow.runName','child-0','abf79d0b90244f8787725e2a6c7b5cce');
INSERT INTO "tags" VALUES('colour','blue','abf79d0b90244f8787725e2a6c7b5cce');
INSERT INTO "tags" VALUES('mlflow.parentRunId','deda2a596de5467b95a370068fe3c51c','1a2ec1f20ef043cb802b994b5cc24146');
INSERT INTO "tags" VALUES('mlflow.user','somebody','1a2ec1f20ef043cb802b994b5cc24146');
INSERT INTO "tags" VALUES('mlflow.runName','child-1','1a2ec1f20ef043cb802b994b5cc24146');
INSERT INTO "tags" VALUES('colour','blue','1a2ec1f20ef043cb802b994b5cc24146');
INSERT INTO "tags" VALUES('mlflow.runName','still going','271c0b06be9547c1b5419d7fbca6b2c6');
INSERT INTO "tags" VALUES('mlflow.runName','deleted','fafdec4f564d4168b3b2261a2fb4864e');
CREATE UNIQUE INDEX unique_endpoint_model_linkage_mapping ON endpoint_model_mappings (endpoint_id, model_definition_id, linkage_type);
COMMIT;
