"""Language models as agents in repeated games: prompts, a client for OpenAI-compatible servers, a strict parser."""
