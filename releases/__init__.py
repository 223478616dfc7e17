"""What hosts keep, and the way back to it: `make releases`, `make rollback`, `make unpin`. Changes a stack file, never a host."""
