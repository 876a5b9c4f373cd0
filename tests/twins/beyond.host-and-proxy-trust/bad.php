<?php

function send_reset(string $mail, string $token): void
{
    $resetLink = 'https://' . $_SERVER['HTTP_HOST'] . '/reset?t=' . $token; // BAD
    mail($mail, 'Your new password', $resetLink);
}
