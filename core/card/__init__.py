"""The model card: what a model is, from which data, how good, where not, and how to make it again, as one document.

After M. Mitchell and others, Model Cards for Model Reporting (FAT* 2019). card.json has it for programs, card.html is
the same as a file that needs nothing else; both stand beside the model and are written anew when what they say changes.
"""
