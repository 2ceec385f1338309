"""Imported for its effect in Synapse: ``spark.read.synapsesql``, which the kernel adds."""
