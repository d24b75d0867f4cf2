"""What goes wrong, one module for each kind of trouble."""
