<?php
use Firebase\JWT\JWT;
use Firebase\JWT\Key;

function read_token(string $token, string $key): object
{
    return JWT::decode($token, new Key($key, 'none')); // BAD
}
