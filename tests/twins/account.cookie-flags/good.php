<?php
function login(string $token): void
{
    setcookie('session_token', $token, time() + 3600, '/', '', true, true);
    setcookie('auth', $token, ['expires' => time() + 3600, 'secure' => true, 'httponly' => true]);
    setcookie('theme', 'dark');
}

function logout(): void
{
    setcookie('session_token', '', time() - 3600);
}
