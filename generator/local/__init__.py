"""The embedded workspace: Synapse's data plane and its engines on one machine (extra ``local``)."""
