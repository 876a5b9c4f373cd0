<?php

const HOME = 'https://shop.example.com';

function send_reset(string $mail, string $token): void
{
    $resetLink = HOME . '/reset?t=' . $token;
    mail($mail, 'Your new password', $resetLink);
}
