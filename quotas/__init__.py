"""An account's quotas looked at before anything is made in it. Not for what a stack needs of them (model/aws/quotas.py)."""
