"""What people run: the command line, training, experiments; may import everything."""
