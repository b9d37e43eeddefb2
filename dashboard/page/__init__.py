"""What an open page shows and does: shell, cards, menus, actions."""
