variable "policy" {}

resource "aws_lb_listener" "api" {
  port       = 443
  protocol   = "HTTPS"
  ssl_policy = "ELBSecurityPolicy-TLS13-1-2-2021-06"
}

resource "aws_lb_listener" "other" {
  port       = 443
  protocol   = "HTTPS"
  ssl_policy = var.policy
}

resource "aws_lb_listener" "plain" {
  port     = 80
  protocol = "HTTP"
}
