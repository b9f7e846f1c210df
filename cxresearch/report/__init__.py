"""From a study to pages: run the notebooks, render them, publish them."""
