"""What people read: each message says who writes, what happened, when, and what to do if it was not them."""
