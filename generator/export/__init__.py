"""A tree as the two files that Microsoft's Synapse workspace deployment task reads; pure: documents in, documents out."""

from generator.export.template import PARAMETERS_FILE, TEMPLATE_FILE, Export, export_workspace

__all__ = ["PARAMETERS_FILE", "TEMPLATE_FILE", "Export", "export_workspace"]
