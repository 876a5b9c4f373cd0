<?php

use Firebase\JWT\JWT;

const SIGNING_KEY = 'warehouse-nine-blue-door';

function issue(string $id): string
{
    return JWT::encode(['sub' => $id, 'exp' => time() + 600], SIGNING_KEY, 'HS256'); // BAD
}
