class Reader < ApplicationRecord
  has_secure_password
end

class Book < ApplicationRecord
end

class ReadersController < ApplicationController
  def index
    render json: Reader.all, only: [:id, :name]
  end

  def show
    @reader = Reader.find(params[:id])
    render json: @reader.as_json(only: [:id, :name])
  end

  def books
    render json: Book.all
  end
end
