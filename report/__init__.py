"""`make report`: one page about a stack, as its machines are now. Changes nothing."""
