"""The mails to users: their texts, one file for each language, and the layout of their HTML part."""
