"""How Pulumi's own engine is had, and how it runs the program. Nothing of the engine is imitated here."""
