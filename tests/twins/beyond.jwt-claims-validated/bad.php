<?php

use Firebase\JWT\JWT;
use Firebase\JWT\Key;

function read(string $raw, string $key): object
{
    JWT::$leeway = 86400 * 365; // BAD

    return JWT::decode($raw, new Key($key, 'HS256'));
}
