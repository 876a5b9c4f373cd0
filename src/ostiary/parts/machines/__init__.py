"""What facts of a machine mean: who may sign in, what runs as in a workshop, who watches and who carries logs away."""
