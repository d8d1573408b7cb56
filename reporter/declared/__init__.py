"""What was declared, and what it means together: vocabulary, model, scope, the aggregate, flows."""
