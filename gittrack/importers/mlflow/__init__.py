"""What MLflow keeps, read without MLflow: its folders of files and its SQLite databases."""
