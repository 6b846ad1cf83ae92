"""A shared shopping list: items, the people who shop, and their avatars."""
