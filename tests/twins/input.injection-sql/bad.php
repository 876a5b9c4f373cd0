<?php
$connection = mysqli_connect('db', 'shop');
$state = $_GET['state'];
$found = mysqli_query($connection, "SELECT * FROM orders WHERE state = '$state'"); // BAD

class Orders
{
    public function __construct(private PDO $pdo) {}

    public function ofCustomer($name)
    {
        return $this->pdo->query("SELECT id FROM orders WHERE customer = '" . $name . "'"); // BAD
    }
}
