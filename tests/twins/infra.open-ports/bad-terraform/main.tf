resource "aws_security_group" "web" {
  ingress {  # BAD
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group_rule" "all" { # BAD
  type        = "ingress"
  protocol    = "-1"
  from_port   = 0
  to_port     = 0
  cidr_blocks = ["0.0.0.0/0"]
}

resource "google_compute_firewall" "db" {
  source_ranges = ["0.0.0.0/0"]
  allow {  # BAD
    protocol = "tcp"
    ports    = ["5432"]
  }
}

resource "azurerm_network_security_rule" "rdp" { # BAD
  direction                  = "Inbound"
  access                     = "Allow"
  protocol                   = "Tcp"
  source_address_prefix      = "*"
  destination_port_range     = "3389"
}

resource "aws_db_instance" "shop" {
  publicly_accessible = true # BAD
}
