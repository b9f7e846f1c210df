"""From what was found to what to do: findings first, plans and statements built on them."""
