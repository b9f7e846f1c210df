"""What is fitted to the tables: small frozen results with tidy, glance and augment."""
