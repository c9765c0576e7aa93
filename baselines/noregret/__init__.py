"""Learners of repeated games that are told what each of their actions would have paid."""
