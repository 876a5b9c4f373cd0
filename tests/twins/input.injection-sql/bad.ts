import { Controller, Get, Query } from "@nestjs/common";
import { DataSource } from "typeorm";

@Controller("orders")
export class OrderController {
  constructor(private readonly source: DataSource) {}

  @Get()
  find(@Query("name") name: string) {
    return this.source.query(`SELECT * FROM orders WHERE name = '${name}'`); // BAD
  }

  @Get("sorted")
  sorted(@Query("by") by: string) {
    const text = "SELECT * FROM orders ORDER BY " + by;
    return this.source.manager.query(text); // BAD
  }
}
