<?php

function begin(): string
{
    $_SESSION['state'] = bin2hex(random_bytes(16));
    $asked = ['client_id' => 'shop', 'response_type' => 'code', 'state' => $_SESSION['state']];

    return 'https://id.example.com/authorize?' . http_build_query($asked);
}
