"""What a preview means, for whoever reviews it: the engine's own events in, one page of Markdown out. Changes nothing."""
