"""What people do with their accounts: each flow is functions over `Services`, told of no HTTP."""
