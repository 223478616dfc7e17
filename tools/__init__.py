"""Go tools that the project builds for itself: a folder with go.mod and go.sum for each, and here the one way to build them."""
