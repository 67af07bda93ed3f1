"""The contract: schemas, topics, codes, places, and the codec that seals what is personal."""
