"""Figures computed from tables of answers, contacts and customers; one topic a module."""
