"""`make drift`: what is not as the last `up` left it, on machines and on AWS. Changes nothing."""
