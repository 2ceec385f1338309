"""Azure Machine Learning, as far as the pipelines and the deploy notebook use it, with AutoML on FLAML."""
