<?php

use Firebase\JWT\JWT;

function access_token(string $id, string $key): string
{
    return JWT::encode(['sub' => $id, 'iat' => time()], $key, 'HS256'); // BAD
}
