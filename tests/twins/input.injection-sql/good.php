<?php
class Orders
{
    private const COLUMNS = 'id, state';

    public function __construct(private PDO $pdo) {}

    public function find(Request $request, int $owner)
    {
        $statement = $this->pdo->prepare('SELECT ' . self::COLUMNS . ' FROM orders WHERE state = ?');
        $statement->execute([$request->input('state')]);
        $page = (int) $_GET['page'];
        $this->pdo->query("SELECT id FROM orders WHERE owner = $owner LIMIT 20 OFFSET $page");
        $name = $this->pdo->quote($_GET['name']);
        return $this->pdo->query("SELECT id FROM orders WHERE customer = $name");
    }
}
