"""From what an audit found to the policy that closes it, and to the proof that it does."""
