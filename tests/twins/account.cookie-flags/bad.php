<?php
function login(string $token): void
{
    setcookie('session_token', $token, time() + 3600, '/'); // BAD
}
