"""The frozen view, all that a renderer may see, and how it is made: wording and order are decided here."""
