"""store.aws"""
