"""What they tell us: surveys, answers, complaints. Its tables come with the first survey."""
