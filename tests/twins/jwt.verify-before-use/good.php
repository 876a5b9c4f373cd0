<?php

use Firebase\JWT\JWT;
use Firebase\JWT\Key;

function member(string $raw, string $key): string
{
    return JWT::decode($raw, new Key($key, 'HS256'))->member;
}
