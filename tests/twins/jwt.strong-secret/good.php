<?php

use Firebase\JWT\JWT;

function issue(string $id): string
{
    return JWT::encode(['sub' => $id, 'exp' => time() + 600], getenv('JWT_KEY'), 'HS256');
}
